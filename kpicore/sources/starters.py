MAVEN={}
CSV={}
